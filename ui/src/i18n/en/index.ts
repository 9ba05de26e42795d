import about from './about';
import agents from './agents';
import approvals from './approvals';
import chat from './chat';
import devices from './devices';
import message from './message';
import models from './models';
import overview from './overview';
import sessions from './sessions';
import shell from './shell';
import usage from './usage';
import welcome from './welcome';

export default {
  about,
  agents,
  approvals,
  chat,
  devices,
  message,
  models,
  overview,
  sessions,
  shell,
  usage,
  welcome,
};
