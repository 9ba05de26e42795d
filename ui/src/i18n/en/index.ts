// What the first screen says. The rest is in rest.ts and comes with the first other page.
import chat from './chat';
import message from './message';
import shell from './shell';

export default { chat, message, shell };
