import { startHttp } from '../providers/http/harness.ts';
import { providerStory } from './provider-story.ts';

providerStory('http', startHttp, { lacks: ['lists'] });
