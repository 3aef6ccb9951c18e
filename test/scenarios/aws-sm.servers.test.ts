import { startHarness } from '../providers/aws-sm/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('awsSm', startHarness);
