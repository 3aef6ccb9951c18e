import { startGlobal } from '../providers/gcp-sm/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('gcpSm', startGlobal);
