import type { Circumstances } from './failure';
import type { Deadline } from './timing';

/** What carrying out an event came to: the physical id and the attributes, or why it failed. */
export interface Outcome {
  readonly physicalId: string;
  readonly imageId?: string;
  readonly failure?: string;
}

/** What an event is carried out with. */
export interface Surroundings {
  readonly deadline: Deadline;
  readonly where: Circumstances;
  /** Whether this execution environment answered another event of the same resource a moment ago. */
  readonly recent: boolean;
}
