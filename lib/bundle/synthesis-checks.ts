import { Annotations, type CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { problemsOf } from '../custom-resource/known-value';
import { type Labels, labelProblems } from '../custom-resource/labels';
import { usersOf } from '../custom-resource/provider-in-stack';
import { isRetained } from '../custom-resource/removal-policy';
import { type ImageOrigin, originsElsewhere, originsOf } from '../references/image-origin';
import { shareElsewhere } from '../share/synthesis-checks';
import { BUNDLE_QUOTA, computeTypeProblems, imageIdProblems, volumeProblems } from '../workspaces/validation';
import type { WorkspaceBundle } from './workspace-bundle';

interface DeclaredBundle {
  readonly bundle: WorkspaceBundle;
  readonly resource: CfnResource;
  readonly imageId: string;
  readonly computeType: string;
  /** In GiB. */
  readonly volumes: readonly string[];
  readonly labels: Labels;
}

/** Validates the bundle at synthesis, when the CDK reports all errors of a stage at once. */
export function checkAtSynthesis(declaration: DeclaredBundle): void {
  declaration.bundle.node.addValidation({ validate: () => check(declaration) });
}

function check(declaration: DeclaredBundle): string[] {
  const { bundle, imageId, computeType, volumes, labels } = declaration;
  const { stack } = bundle;
  warnAboutRetained(declaration);
  warnAboutMany(bundle);
  // An image ID that is a literal is no reference to its share.
  const elsewhere = [...originsElsewhere(imageId, bundle), ...shareElsewhere(imageId, bundle)];
  return [
    ...problemsOf(stack, imageId, imageIdProblems),
    ...elsewhere.map((origin) => imageElsewhere(bundle, origin)),
    ...problemsOf(stack, computeType, computeTypeProblems),
    ...volumes.flatMap((size) => problemsOf(stack, size, volumeProblems)),
    ...labelProblems(stack, labels, 'bundle'),
  ];
}

/** A bundle needs an image that its account owns, in its Region. */
export function imageElsewhere(bundle: IConstruct, { construct, kind }: ImageOrigin): string {
  return `${bundle.node.path} uses the image of ${construct.node.path}, a ${kind} in another account or Region. Copy it first: define a WorkspaceImageCopy with WorkspaceImageSource.${kind} in the stack ${Stack.of(bundle).node.path}, and use its imageId.`;
}

function warnAboutRetained({ bundle, resource, imageId }: DeclaredBundle): void {
  const copies = originsOf(imageId, bundle).filter(({ kind }) => kind === 'copy');
  for (const { construct } of isRetained(resource) ? copies : []) {
    if (!isRetained(construct.node.findChild('Resource') as CfnResource)) {
      Annotations.of(bundle).addWarningV2(
        'cdk-workspace-image-share:retainedBundle',
        `The bundle is retained, but ${construct.node.path}, whose image it uses, is not. The image cannot be deleted while the bundle exists, so the stack ${Stack.of(construct).node.path} cannot be deleted. Retain the copy, too.`,
      );
    }
  }
}

/** The first bundle of a stack reports the total. */
function warnAboutMany(bundle: WorkspaceBundle): void {
  const { length, 0: first } = usersOf(bundle.provider);
  if (bundle === first && length > BUNDLE_QUOTA) {
    Annotations.of(bundle).addWarningV2(
      'cdk-workspace-image-share:bundleQuota',
      `The stack ${bundle.stack.node.path} has ${length} bundles. An account can have ${BUNDLE_QUOTA} custom bundles per Region, and AWS does not increase this quota. Remove some, or define them in other accounts.`,
    );
  }
}
