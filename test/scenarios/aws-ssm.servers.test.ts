import { startHarness } from '../providers/aws-ssm/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('awsSsm', startHarness);
