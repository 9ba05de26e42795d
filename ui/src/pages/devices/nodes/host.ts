/** What to type on a computer that is to become a node of this gateway. Pure. */

const DEFAULT_PORT = '18789';

type Place = Pick<Location, 'hostname' | 'port' | 'protocol'>;

/** Whether the address only means something on the gateway's own machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
}

/** The command, with the address under which this page was reached. */
export function hostCommand(place: Place): string {
  const isTls = place.protocol === 'https:';
  const host = isLoopback(place.hostname) ? 'GATEWAY' : place.hostname.replace(/^\[|\]$/g, '');
  const port = place.port || (isTls ? '443' : '80');
  return [
    'postern node run --host',
    host,
    ...(port === DEFAULT_PORT ? [] : ['--port', port]),
    ...(isTls ? ['--tls'] : []),
  ].join(' ');
}
