(() => {
  const NAMES = ['openclawCanvasA2UIAction', 'clawdbotCanvasA2UIAction', 'moltbotCanvasA2UIAction'];

  /** Hands a message to the app around this page: apps of Apple take objects, those of Android take text. */
  const post = (message) => {
    const value = typeof message === 'string' ? parsed(message) : message;
    for (const name of NAMES) {
      try {
        const apple = globalThis.webkit?.messageHandlers?.[name];
        if (typeof apple?.postMessage === 'function') {
          apple.postMessage(value);
          return true;
        }
        const android = globalThis[name];
        if (typeof android?.postMessage === 'function') {
          android.postMessage(JSON.stringify(value));
          return true;
        }
      } catch {
        // The next one may take it.
      }
    }
    return false;
  };

  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };

  /** `crypto.randomUUID` is only there on encrypted pages. */
  const freshId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  };

  /** Tells the agent that somebody did something here; false where no app listens. */
  const sendUserAction = (action) => {
    const given = typeof action === 'object' && action !== null ? action : { name: String(action) };
    const id = typeof given.id === 'string' && given.id.trim() ? given.id : freshId();
    return post({ userAction: { ...given, id } });
  };

  for (const name of ['OpenClaw', 'Clawdbot', 'Moltbot']) {
    globalThis[name] = Object.assign(globalThis[name] ?? {}, { postMessage: post, sendUserAction });
  }
  globalThis.openclawPostMessage = post;
  globalThis.openclawSendUserAction = sendUserAction;
})();
