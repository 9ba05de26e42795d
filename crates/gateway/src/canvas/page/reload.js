(() => {
  const FIRST_WAIT = 500;
  const LONGEST_WAIT = 15_000;
  const here = /^\/__[a-z]+__\/(?:cap\/[^/]+\/(?:__[a-z]+__\/)?)?/.exec(location.pathname);
  if (!here || !('WebSocket' in globalThis)) return;
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${here[0]}ws`;
  let wait = FIRST_WAIT;

  const connect = () => {
    const socket = new WebSocket(address);
    socket.onopen = () => {
      wait = FIRST_WAIT;
    };
    socket.onmessage = (event) => {
      if (event.data === 'reload') location.reload();
    };
    socket.onclose = () => {
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };

  try {
    connect();
  } catch {
    // A policy of the page may forbid it.
  }
})();
