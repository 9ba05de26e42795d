import about from './about';
import agents from './agents';
import approvals from './approvals';
import devices from './devices';
import models from './models';
import overview from './overview';
import sessions from './sessions';
import usage from './usage';
import welcome from './welcome';

export default { about, agents, approvals, devices, models, overview, sessions, usage, welcome };
