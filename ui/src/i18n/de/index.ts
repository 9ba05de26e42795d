import type en from '../en';
import chat from './chat';
import message from './message';
import shell from './shell';

const texts: typeof en = { chat, message, shell };

export default texts;
