import { startDatabricks } from '../providers/databricks/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('databricks', startDatabricks);
