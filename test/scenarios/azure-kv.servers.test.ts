import { start } from '../providers/azure-kv/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('azureKv', start);
