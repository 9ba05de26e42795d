import { now } from '$lib/clock';
import {
  gateway,
  type ModelRow,
  type PresenceEntry,
  type StatusResult,
  type SystemInfoResult,
  type UsageStatusResult,
} from '$lib/gateway/index.svelte';
import { allows } from '../devices/access';
import { namesOf } from '../devices/client';
import { Fetched, gathered } from '../fetched.svelte';

/** Machine facts have no event. */
const LOOK_AGAIN_MS = 60_000;
const PAUSE_MS = 1_000;
/** What was spent is added up by the gateway; not at every word of an answer. */
const SPENT_PAUSE_MS = 30_000;

/** What the page shows, kept by events; one per visit of the page. */
export class OverviewStore {
  readonly status = new Fetched<StatusResult>(async () => {
    const status = await gateway.call('status', {});
    this.startedAt = now() - status.uptimeMs;
    return status;
  });
  readonly usage = new Fetched<UsageStatusResult>(() => gateway.call('usage.status', {}));
  readonly models = new Fetched<ModelRow[]>(async () => (await gateway.call('models.list', {})).models);
  readonly machine = new Fetched<SystemInfoResult>(() => gateway.call('system.info', {}));
  readonly presence = new Fetched<PresenceEntry[]>(() => gateway.call('system-presence', {}));
  /** Names that a person gave to devices, by device id. */
  readonly names = new Fetched<ReadonlyMap<string, string>>(async () => {
    if (!allows(gateway.scopes, 'operator.pairing')) return namesOf([]);
    const { paired } = await gateway.call('device.pair.list', {});
    return namesOf(paired);
  });
  /** When the gateway started, by the clock of this machine. */
  startedAt = $state<number>();

  watch(): () => void {
    const status = gathered(() => void this.status.refresh(), PAUSE_MS);
    const usage = gathered(() => void this.usage.refresh(), SPENT_PAUSE_MS);
    const timer = setInterval(() => {
      if (gateway.status.kind === 'online' && document.visibilityState === 'visible')
        void this.machine.refresh();
    }, LOOK_AGAIN_MS);
    const stops = [
      gateway.onOnline(() => this.refresh()),
      gateway.on('health', status),
      gateway.on('device.pair.changed', () => {
        status();
        void this.names.refresh();
      }),
      gateway.on('device.pair.resolved', status),
      gateway.on('sessions.changed', usage),
      gateway.on('presence', ({ presence }) => {
        this.presence.set(presence);
        status();
      }),
    ];
    return () => {
      status.stop();
      usage.stop();
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }

  async refresh(): Promise<void> {
    await Promise.all(
      [this.status, this.usage, this.models, this.machine, this.presence, this.names].map((part) =>
        part.refresh(),
      ),
    );
  }
}
