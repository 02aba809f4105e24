import { BytesView } from './bytes/index.js';
import { PlanView } from './plan/index.js';
import { Shell } from './shell.js';
import { VerdictView } from './verdict/index.js';

new Shell([new BytesView(), new VerdictView(), new PlanView()]);
document.documentElement.dataset.ready = '';
