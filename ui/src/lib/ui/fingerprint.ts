/** The start of a device id in groups of four: what two people compare by eye. 80 bits are out of reach to forge. */
export function fingerprint(deviceId: string): string {
  return (deviceId.slice(0, 20).match(/.{1,4}/g) ?? []).join(' ');
}
