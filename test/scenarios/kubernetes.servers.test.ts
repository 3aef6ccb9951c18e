import { startKubernetes } from '../providers/kubernetes/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('kubernetes', startKubernetes);
