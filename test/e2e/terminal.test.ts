import { describeLife } from './branch-stack-life.ts';
import { openTerminal } from './terminal-door.ts';

describeLife('the terminal', openTerminal);
