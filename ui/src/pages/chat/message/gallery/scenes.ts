// Made-up conversations: one with every kind of message, and one as long as one likes.

import type { ConversationItem, Part } from '../../types';

const START = Date.UTC(2026, 9, 1, 8);
const MINUTE = 60_000;

const GUIDE = `## Rotating the logs

Put this into \`/etc/logrotate.d/postern\`. It keeps **seven** days and compresses the older ones:

\`\`\`ini
/var/log/postern/*.log {
    daily
    rotate 7
    compress   # gzip, from the second day on
    missingok
}
\`\`\`

Then check it without changing anything:

\`\`\`bash
logrotate --debug /etc/logrotate.d/postern && echo "fine, and this is a line that is much longer than the column so that it has to scroll sideways or be wrapped"
\`\`\`

1. Open the [manual](https://linux.die.net/man/8/logrotate).
2. Look for \`copytruncate\`.
   - It is *not* needed here.
   - ~~It loses lines.~~ It may lose lines.
3. Done.

> A quote that says: keep it simple.

| Option | Meaning | Default |
|:--|:--|--:|
| \`rotate\` | how many old files are kept | 4 |
| \`size\` | rotate when larger than this | – |
| \`compress\` | gzip old files | off |

- [x] written
- [ ] deployed

---

Press <kbd>Ctrl</kbd> + <kbd>C</kbd>, and beware of [https://bank.example](https://evil.example/login) and ![a tracking pixel](https://evil.example/pixel.gif).`;

const RUST = `Here is the smallest form of it:

\`\`\`rust
/// Reads one frame, or tells why it is none.
pub fn parse(bytes: &[u8]) -> Result<Frame, FrameError> {
    let value: RawFrame = serde_json::from_slice(bytes)?;
    match value.kind.as_str() {
        "req" => Ok(Frame::Request(value.try_into()?)),
        "event" if value.seq > 0 => Ok(Frame::Event(value.try_into()?)),
        other => Err(FrameError::UnknownKind(other.to_owned())),
    }
}
\`\`\`

It costs one allocation per frame.`;

function picture(hue: number, width: number, height: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context) {
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${hue} 45% 70%)`);
    sky.addColorStop(1, `hsl(${hue + 40} 50% 45%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
  }
  return canvas.toDataURL('image/png');
}

function user(key: string, at: number, text: string, more: Partial<ConversationItem> = {}): ConversationItem {
  return { key, kind: 'user', at, parts: [{ type: 'text', text }], state: 'done', ...more };
}

function answer(
  key: string,
  at: number,
  parts: Part[],
  more: Partial<ConversationItem> = {},
): ConversationItem {
  const usage = { input: 1834, output: 412, cacheRead: 12_400, cost: 0.0127 };
  return {
    key,
    kind: 'assistant',
    at,
    parts,
    state: 'done',
    model: 'anthropic/claude-sonnet',
    usage,
    ...more,
  };
}

const command = { command: 'cargo test --workspace -- --nocapture', cwd: '/home/ada/postern' };
const output = Array.from({ length: 60 }, (_, n) => `\u001b[32mtest\u001b[0m suite::case_${n} ... ok`).join(
  '\n',
);

export function scenes(): ConversationItem[] {
  const now = Date.now();
  const day = 24 * 60 * MINUTE;
  return [
    user('u1', now - 3 * day, 'How do I rotate the logs?'),
    answer('a1', now - 3 * day + MINUTE, [
      {
        type: 'thinking',
        text: 'The user wants **log rotation**. logrotate is what Debian brings. I should show a file and how to test it.',
      },
      { type: 'text', text: GUIDE },
    ]),
    user('u2', now - day, 'Run the tests, please.\nAnd tell me what is slow.'),
    answer('a2', now - day + MINUTE, [
      { type: 'text', text: 'I will run them and look at the slowest.' },
      {
        type: 'tool',
        id: 't1',
        name: 'exec',
        args: command,
        state: 'done',
        result: output,
        startedAt: now,
        endedAt: now + 8300,
      },
      {
        type: 'tool',
        id: 't2',
        name: 'read',
        args: { path: 'target/nextest/junit.xml' },
        state: 'done',
        result: '<testsuites/>',
        startedAt: now,
        endedAt: now + 120,
      },
      {
        type: 'tool',
        id: 't3',
        name: 'web_search',
        args: { query: 'cargo nextest slow-timeout' },
        state: 'failed',
        result: 'No search provider is configured.',
        startedAt: now,
        endedAt: now + 900,
      },
      { type: 'text', text: RUST },
      {
        type: 'tool',
        id: 't4',
        name: 'memory_write',
        args: { key: 'tests', text: 'Slowest: store::compaction, 4.1 s' },
        state: 'done',
        result: 'ok',
        startedAt: now,
        endedAt: now + 30,
      },
    ]),
    user('u3', now - 40 * MINUTE, 'What is in these pictures?', {
      parts: [
        { type: 'image', src: picture(200, 640, 420), name: 'harbour.png' },
        { type: 'image', src: picture(20, 300, 420), name: 'sunset.png' },
        {
          type: 'file',
          name: 'a-file-with-a-rather-long-name-for-a-chip.pdf',
          mime: 'application/pdf',
          size: 1_432_000,
        },
        { type: 'file', name: 'notes.txt', mime: 'text/plain', size: 812 },
        { type: 'text', text: 'What is in these pictures?' },
      ],
    }),
    answer('a3', now - 39 * MINUTE, [{ type: 'text', text: 'A harbour, and a sun' }], { state: 'aborted' }),
    {
      key: 'n1',
      kind: 'note',
      at: now - 30 * MINUTE,
      parts: [{ type: 'text', text: 'The conversation was summarised to save space.' }],
      state: 'done',
    },
    user('u4', now - 20 * MINUTE, 'Delete the old builds.'),
    answer(
      'a4',
      now - 19 * MINUTE,
      [
        { type: 'thinking', text: 'I need permission to remove files.', streaming: false },
        {
          type: 'tool',
          id: 't5',
          name: 'exec',
          args: { command: 'rm -rf target/debug/incremental' },
          state: 'waiting-approval',
          startedAt: now,
        },
      ],
      { state: 'streaming' },
    ),
    user('u5', now - 10 * MINUTE, 'And what did it cost?'),
    answer('a5', now - 9 * MINUTE, [], {
      state: 'failed',
      error: 'anthropic: the API key was refused (401). Set a new one under Models.',
    }),
    user('u6', now - 2 * MINUTE, 'This one did not leave.', {
      state: 'failed',
      error: 'The gateway was not reachable.',
    }),
    user('u7', now - MINUTE, 'This one is on its way.', { state: 'sending' }),
    user('u8', now, 'And this one waits for the answer before it.', { state: 'queued' }),
    answer(
      'a6',
      now,
      [
        {
          type: 'thinking',
          text: 'First I look at the bill. Then I compare it with the last month and say what changed.',
          streaming: true,
        },
      ],
      { state: 'streaming' },
    ),
    answer('a7', now, [], { state: 'streaming' }),
  ];
}

const WORDS =
  'a calm answer about frames and queues that says what was found, why it matters and what comes next'.split(
    ' ',
  );

function prose(seed: number, sentences: number): string {
  return Array.from({ length: sentences }, (_, n) => {
    const from = (seed * 7 + n * 3) % WORDS.length;
    const words = [...WORDS.slice(from), ...WORDS.slice(0, from)].slice(0, 8 + ((seed + n) % 9));
    return `${words.join(' ')}.`;
  }).join(' ');
}

/** A conversation of `count` messages: short questions, answers of every length, code, tables, tools. */
export function thousands(count: number, from = 0): ConversationItem[] {
  return Array.from({ length: count }, (_, offset) => {
    const n = from + offset;
    const at = START + n * 7 * MINUTE;
    if (n % 2 === 0) return user(`m${n}`, at, prose(Math.abs(n), 1 + (Math.abs(n) % 3)));
    const parts: Part[] = [{ type: 'text', text: prose(Math.abs(n), 2 + (Math.abs(n) % 7)) }];
    if (n % 5 === 0) parts.unshift({ type: 'thinking', text: prose(Math.abs(n), 3) });
    if (n % 7 === 0) {
      const tool = { type: 'tool', name: 'exec', args: command, state: 'done', result: output } as const;
      parts.push({ ...tool, id: `t${n}a` }, { ...tool, id: `t${n}b` }, { type: 'text', text: RUST });
    }
    if (n % 11 === 0) parts.push({ type: 'text', text: GUIDE });
    return answer(`m${n}`, at, parts);
  });
}

/** A long answer: with everything in it, or one block of code. */
export function answerText(length: number, kind: 'mixed' | 'code'): string {
  if (kind === 'code') {
    const line = 'const value = await compute(first, second, third); // and what it is for\n';
    return `\`\`\`js\n${line.repeat(Math.ceil(length / line.length))}\`\`\`\n`;
  }
  const unit = `${GUIDE}\n\n${prose(3, 12)}\n\n${RUST}\n\n`;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
