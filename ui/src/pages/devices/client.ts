/** What clients and devices are called. */
import { t } from '$i18n';
import { deviceName } from './paired';

/** The name of a client for people, else its own id. */
export function clientName(id: string | undefined, mode?: string): string | undefined {
  const names: Readonly<Record<string, string>> = t.devices.clients;
  return (id && names[id]) || id || mode;
}

interface Named {
  deviceId: string;
  displayName?: string;
  label?: string;
  clientId?: string;
}

/** What a device is called; without a name what runs on it, and enough of its id to tell two apart. */
export function deviceTitle(device: Named): string {
  const isNamed = Boolean(device.label?.trim() || device.displayName?.trim());
  const client = clientName(device.clientId);
  return isNamed || !client ? deviceName(device) : `${client} ${device.deviceId.slice(0, 4)}`;
}

/** Names of devices by their ids. */
export function namesOf(devices: readonly Named[]): ReadonlyMap<string, string> {
  return new Map(devices.map((device) => [device.deviceId, deviceTitle(device)]));
}
