import { withKubernetesAuth } from '../providers/vault/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('vault', withKubernetesAuth({ mount: 'secret', version: 2 }));
