//! What the model says when nobody has scripted an answer; the user's words choose it, so that a person can try the page.
import { Turn } from './turn.mjs';

const RICH = `# A short tour

Here is **bold**, *italic*, ~~struck~~ and \`inline code\`, with a [link](https://example.com/).

## A list

1. First things first
2. Then the rest
   - with a detail
   - and another
- [x] done
- [ ] still to do

## Code

\`\`\`rust
fn main() {
    let names = ["Ada", "Grace", "Edsger"];
    for name in names {
        println!("Hello, {name}!");
    }
}
\`\`\`

\`\`\`json
{ "model": "fake/echo-1", "stream": true, "a_rather_long_key_that_does_not_fit_on_a_narrow_screen": [1, 2, 3, 4, 5, 6, 7, 8] }
\`\`\`

## A table

| Planet | Diameter | Moons | A remark |
|---|---:|---:|---|
| Mercury | 4,879 km | 0 | the smallest |
| Earth | 12,742 km | 1 | the one with coffee |
| Jupiter | 139,820 km | 95 | could swallow all of the others |

> A quotation, over
> two lines.

---

`;

const PARAGRAPH =
  'A gateway is a door with a memory: it knows who may come in, what was said before, and who is still waiting for an answer. ' +
  'What looks like one conversation to you is a row of small exchanges to it, each written down before it is acknowledged. ';

/**
 * The turn for `asked`, the last words of the user; `result` is what a tool gave back in this turn.
 * - `slow …` streams slowly, `think …` thinks first, `long` writes pages, `fail 429` is refused with that status;
 * - `tool WORDS…` runs these words as a command, `hang` never answers, `cut` breaks off, `echo …` says the same;
 * - anything else is answered with Markdown.
 */
export function talk(asked, result) {
  if (result !== undefined) return Turn.say(`The tool answered:\n\n\`\`\`\n${result.trim()}\n\`\`\`\n`);
  const [, word, rest = ''] = /^(\S+)\s*(.*)$/s.exec(asked) ?? ['', '', ''];
  switch (word.toLowerCase()) {
    case 'slow':
      return slowly(PARAGRAPH.repeat(4));
    case 'think':
      return new Turn()
        .thinking(PARAGRAPH)
        .pause(300)
        .text(`After some thought: ${rest || 'yes'}.`);
    case 'tool':
      return new Turn()
        .text('I run that. ')
        .call('exec', { argv: rest ? rest.split(/\s+/) : ['echo', 'made by a tool'] });
    case 'long':
      return Turn.say(
        RICH +
          Array.from({ length: 40 }, (_, n) => `### Part ${n + 1}\n\n${PARAGRAPH.repeat(3)}\n\n`).join(''),
      );
    case 'fail':
      return Turn.error(Number(rest) || 500);
    case 'hang':
      return new Turn().silent();
    case 'cut':
      return Turn.say('It breaks off in the middle of a ').cut();
    case 'echo':
      return Turn.say(rest);
    default:
      return Turn.say(RICH + PARAGRAPH.repeat(2));
  }
}

function slowly(text) {
  const turn = new Turn();
  for (const word of text.split(/(?<= )/)) turn.text(word).pause(80);
  return turn;
}
