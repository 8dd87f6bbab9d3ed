import { type Json, type JsonObject, partitionOf, type StackEnvironment, unknownValue } from '../template';

/** A request to create, update or delete a resource. */
export interface ResourceRequest {
  readonly stack: string;
  /** The environment of the stack. */
  readonly account: string;
  readonly region: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** Absent for Create. */
  readonly physicalId?: string;
  /** Present for Update. */
  readonly oldProperties?: JsonObject;
}

export interface Provisioned {
  /** If an update returns a different one, the old one is deleted in the cleanup. */
  readonly physicalId?: string;
  readonly attributes?: JsonObject;
}

/** Implements a resource type. An operation that throws fails. An operation that is not implemented succeeds. */
export interface ResourceTypeHandler {
  create?(request: ResourceRequest): Promise<Provisioned | undefined> | Provisioned | undefined;
  update?(request: ResourceRequest): Promise<Provisioned | undefined> | Provisioned | undefined;
  delete?(request: ResourceRequest): Promise<void> | void;
}

const NAME_PROPERTY: Record<string, string> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': 'PolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Generates a physical ID in the form that CloudFormation uses. */
export function generatedPhysicalId(stack: string, logicalId: string, random: () => number): string {
  let suffix = '';
  for (let n = 0; n < 13; n++) {
    suffix += LETTERS[Math.floor(random() * LETTERS.length)];
  }
  return `${stack}-${logicalId}-${suffix}`;
}

export function explicitName(type: string, properties: JsonObject): string | undefined {
  const name = properties[NAME_PROPERTY[type] ?? ''];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Generates an attribute in the form that resources of the type return. */
export function generatedAttribute(
  resource: { readonly declared: { readonly Type: string }; readonly physicalId: string },
  name: string,
  { region, account }: StackEnvironment,
): Json {
  if (name !== 'Arn') {
    return unknownValue(`${resource.physicalId}.${name}`);
  }
  const { partition } = partitionOf(region);
  const { physicalId: id, declared } = resource;
  const arn = (service: string, rest: string, where = region) =>
    `arn:${partition}:${service}:${where}:${account}:${rest}`;
  switch (declared.Type) {
    case 'AWS::IAM::Role':
      return arn('iam', `role/${id}`, '');
    case 'AWS::Lambda::Function':
      return arn('lambda', `function:${id}`);
    case 'AWS::Logs::LogGroup':
      return arn('logs', `log-group:${id}:*`);
    default:
      return arn(declared.Type.split('::')[1]?.toLowerCase() ?? 'simulation', id);
  }
}
