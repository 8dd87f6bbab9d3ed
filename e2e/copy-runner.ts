import type { Cdk } from './cdk';
import { type CopiedImages, IMAGE_IDS } from './copied-images';
import { type CopyStep, RECIPIENT } from './copy-scenarios';
import { synthesizeCopy } from './declared-app';
import { type Played, ScenarioRunner } from './scenario-runner';
import { OWNER } from './scenarios';
import type { Stacks } from './stacks';

/** Plays what happens to a copy. */
export class CopyRunner extends ScenarioRunner<CopyStep> {
  constructor(
    private readonly cdk: Cdk,
    private readonly images: CopiedImages,
    private readonly workspacesUrl: string,
    stacks: Stacks,
    print: (line: string) => void,
  ) {
    super(stacks, print);
  }

  protected async playStep({ action, declared, owner, recipient, ...step }: CopyStep): Promise<Played> {
    const synthesize = (directory: string) =>
      synthesizeCopy(declared, IMAGE_IDS, directory, this.workspacesUrl);
    const run = await (action === 'deploy'
      ? this.cdk.deployAll(synthesize)
      : this.cdk.destroyAll(synthesize));
    const problems = await this.runProblems(run, [
      { stack: declared.ownerStack, location: OWNER, status: owner },
      { stack: declared.recipientStack, location: RECIPIENT, status: recipient },
    ]);
    const { changes } = { ...step, ...step.emulator };
    const changed = this.images.takeChanges();
    if (changed.join() !== changes.join()) {
      problems.push(`What has changed: ${changed.join(', ')}. Expected: ${changes.join(', ')}.`);
    }
    const state = this.images.described().join('; ');
    if (state !== step.images.join('; ')) {
      problems.push(`Expected: ${step.images.join('; ')}.`);
    }
    return { state, problems };
  }
}
