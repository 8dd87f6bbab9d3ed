import { type Json, type JsonObject, partitionOf, type StackEnvironment } from '../template';

/** What is asked of a resource type. */
export interface ResourceRequest {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** Not for Create. */
  readonly physicalId?: string;
  /** For Update. */
  readonly oldProperties?: JsonObject;
}

export interface Provisioned {
  /** Another one in the answer to an update is a replacement: the old one is deleted in the clean-up. */
  readonly physicalId?: string;
  readonly attributes?: JsonObject;
}

/** What a type of resource does; a throw is a failure. What is absent counts as done. */
export interface ResourceTypeHandler {
  create?(request: ResourceRequest): Promise<Provisioned | undefined> | Provisioned | undefined;
  update?(request: ResourceRequest): Promise<Provisioned | undefined> | Provisioned | undefined;
  delete?(request: ResourceRequest): Promise<void> | void;
}

const NAMED_BY: Record<string, string> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': 'PolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A physical id as CloudFormation makes one up. */
export function madeUpPhysicalId(stack: string, logicalId: string, random: () => number): string {
  let suffix = '';
  for (let n = 0; n < 13; n++) {
    suffix += LETTERS[Math.floor(random() * LETTERS.length)];
  }
  return `${stack}-${logicalId}-${suffix}`;
}

export function givenName(type: string, properties: JsonObject): string | undefined {
  const name = properties[NAMED_BY[type] ?? ''];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** A value that looks like the one a resource of that type would answer. */
export function madeUpAttribute(
  resource: { readonly declared: { readonly Type: string }; readonly physicalId: string },
  name: string,
  { region, account }: StackEnvironment,
): Json {
  if (name !== 'Arn') {
    return `${resource.physicalId}.${name}`;
  }
  const { partition } = partitionOf(region);
  const id = resource.physicalId;
  switch (resource.declared.Type) {
    case 'AWS::IAM::Role':
      return `arn:${partition}:iam::${account}:role/${id}`;
    case 'AWS::Lambda::Function':
      return `arn:${partition}:lambda:${region}:${account}:function:${id}`;
    case 'AWS::Logs::LogGroup':
      return `arn:${partition}:logs:${region}:${account}:log-group:${id}:*`;
    default: {
      const service = resource.declared.Type.split('::')[1]?.toLowerCase() ?? 'simulation';
      return `arn:${partition}:${service}:${region}:${account}:${id}`;
    }
  }
}
