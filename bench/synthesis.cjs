// Synthesizes one stack for each argument and prints what it took and what came out:
// `node synthesis.cjs shares:100 plain:100 share-with:1000 aws-custom-resource:100`.
// The first one in a process includes loading the CDK, as every `cdk synth` does.
const { mkdtempSync, rmSync, statSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { App, CustomResource, Duration, Stack } = require('aws-cdk-lib');
const iam = require('aws-cdk-lib/aws-iam');
const {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  PhysicalResourceId,
} = require('aws-cdk-lib/custom-resources');
const lambda = require('aws-cdk-lib/aws-lambda');
const logs = require('aws-cdk-lib/aws-logs');
const { WorkspaceImageShare } = require(resolve(__dirname, '../lib'));

const IMAGE = 'wsi-8t4x2k9p7';
const images = (count) =>
  Array.from({ length: count }, (_, index) => `wsi-${String(index).padStart(9, '0')}`);
const accounts = (count) => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

const KINDS = { shares, plain, 'share-with': shareWith, 'aws-custom-resource': awsCustomResource };

const measured = process.argv.slice(2).map((word) => {
  const [kind, count] = word.split(':');
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synthesis-'));
  const from = { wall: performance.now(), cpu: process.cpuUsage() };
  const app = new App({ outdir });
  const stack = new Stack(app, 'Images');
  KINDS[kind](stack, Number(count));
  const assembly = app.synth();
  const wall = performance.now() - from.wall;
  const { user, system } = process.cpuUsage(from.cpu);
  const bytes = statSync(assembly.stacks[0].templateFullPath).size;
  const types = Object.values(assembly.stacks[0].template.Resources).map(({ Type }) => Type);
  rmSync(outdir, { recursive: true });
  const resources = types.filter((type) => type !== 'AWS::CDK::Metadata').length;
  return { kind, wall, cpu: (user + system) / 1_000, bytes, resources };
});
process.stdout.write(JSON.stringify(measured));

function shares(stack, count) {
  for (const imageId of images(count)) {
    new WorkspaceImageShare(stack, imageId, { imageId, accountIds: accounts(10) });
  }
}

/** The same function and resources with the same properties, without the construct. */
function plain(stack, count) {
  const logGroup = new logs.LogGroup(stack, 'LogGroup');
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const handler = new lambda.Function(stack, 'Function', {
    code: lambda.Code.fromAsset(resolve(__dirname, '../build/share.zip')),
    handler: 'index.handler',
    runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
    timeout: Duration.minutes(15),
    memorySize: 512,
    retryAttempts: 0,
    maxEventAge: Duration.minutes(5),
    logGroup,
    role,
  });
  for (const ImageId of images(count)) {
    const share = new CustomResource(stack, ImageId, {
      serviceToken: handler.functionArn,
      serviceTimeout: Duration.minutes(21),
      resourceType: 'Custom::WorkspaceImageShare',
      properties: { ImageId, AccountIds: accounts(10) },
    });
    share.node.addDependency(handler.node.findChild('EventInvokeConfig'));
  }
}

/** One share with many accounts. */
function shareWith(stack, count) {
  new WorkspaceImageShare(stack, 'Share', { imageId: IMAGE, accountIds: accounts(count) });
}

/** A resource and a policy for each account. */
function awsCustomResource(stack, count) {
  for (const account of accounts(count)) {
    const call = (AllowCopyImage) => ({
      service: 'WorkSpaces',
      action: 'updateWorkspaceImagePermission',
      parameters: { ImageId: IMAGE, AllowCopyImage, SharedAccountId: account },
      physicalResourceId: PhysicalResourceId.of(`${IMAGE}/${account}`),
    });
    new AwsCustomResource(stack, account, {
      onCreate: call(true),
      onUpdate: call(true),
      onDelete: call(false),
      policy: AwsCustomResourcePolicy.fromSdkCalls({
        resources: [`arn:aws:workspaces:*:*:workspaceimage/${IMAGE}`],
      }),
      installLatestAwsSdk: false,
    });
  }
}
