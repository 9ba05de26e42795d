import type en from '../en/rest';
import about from './about';
import agents from './agents';
import approvals from './approvals';
import devices from './devices';
import models from './models';
import overview from './overview';
import sessions from './sessions';
import usage from './usage';
import welcome from './welcome';

const texts: typeof en = { about, agents, approvals, devices, models, overview, sessions, usage, welcome };

export default texts;
