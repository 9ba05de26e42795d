import about from './about';
import agents from './agents';
import approvals from './approvals';
import backup from './backup';
import config from './config';
import devices from './devices';
import doctor from './doctor';
import logs from './logs';
import models from './models';
import nodes from './nodes';
import overview from './overview';
import remote from './remote';
import sessions from './sessions';
import update from './update';
import usage from './usage';
import welcome from './welcome';

export default {
  about,
  agents,
  approvals,
  backup,
  config,
  devices,
  doctor,
  logs,
  models,
  nodes,
  overview,
  remote,
  sessions,
  update,
  usage,
  welcome,
};
