import { startHarness } from '../providers/aws-sm/harness.ts';
import { withKubernetesAuth } from '../providers/vault/harness.ts';
import { neighboursStory } from './neighbours.ts';
import { noisy } from './noisy-store.ts';

neighboursStory('vault', noisy(withKubernetesAuth({ mount: 'secret', version: 2 }), 'address'));
neighboursStory('awsSm', noisy(startHarness, 'endpoint'));
