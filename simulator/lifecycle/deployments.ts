import { isDeepStrictEqual } from 'node:util';
import type { AssembledStack } from '../assembly';
import type { CloudFormation, Failure, OperationResult } from '../cloudformation';
import type { Bindings } from '../inputs/bindings';
import type { Template } from '../template';
import type { StackResult } from './step-report';
import { FAILURE } from './template-edits';

/** The result of an operation on a stack. */
export interface Outcome {
  readonly result: StackResult;
  readonly status?: string;
  readonly failures: readonly Failure[];
}

/** Deploys stacks as `cdk deploy` does: those whose template or parameters have changed. */
export class Deployments {
  /** What was deployed last, by the ID of the stack. */
  private readonly deployed = new Map<string, { readonly template: Template; readonly parameters: object }>();

  constructor(
    private readonly cloudFormation: CloudFormation,
    private readonly bindings: Bindings,
  ) {}

  /** The template of a stack, as it was deployed last. */
  template(stack: AssembledStack): Template {
    return this.deployed.get(stack.id)?.template ?? stack.template;
  }

  /** Whether a text is in a template that is deployed. */
  contain(text: string): boolean {
    return [...this.deployed.values()].some(({ template }) => JSON.stringify(template).includes(text));
  }

  async deploy(stack: AssembledStack, template: Template): Promise<Outcome> {
    const parameters = this.bindings.parametersOf(stack);
    const before = this.deployed.get(stack.id);
    if (before && !readsSsm(template) && isDeepStrictEqual({ template, parameters }, before)) {
      return { result: 'skipped', failures: [] };
    }
    const { id, name: stackName, account, region } = stack;
    const location = { stackName, account, region };
    const operation = await this.cloudFormation.deploy(id, template, parameters, location);
    const isComplete = /^(CREATE|UPDATE)_COMPLETE$/.test(operation.status);
    if (isComplete) {
      this.deployed.set(id, { template, parameters });
    }
    return outcome(operation, isComplete ? (before ? 'updated' : 'created') : undefined);
  }

  async destroy({ id }: AssembledStack): Promise<Outcome> {
    if (!this.cloudFormation.stacks.has(id)) {
      return { result: 'skipped', failures: [] };
    }
    const operation = await this.cloudFormation.destroy(id);
    return outcome(operation, operation.status === 'DELETE_COMPLETE' ? 'deleted' : undefined);
  }
}

function outcome({ status, failures }: OperationResult, success?: StackResult): Outcome {
  return {
    result: success ?? (status.endsWith('ROLLBACK_COMPLETE') ? 'rolled back' : 'failed'),
    status,
    failures: failures.filter(({ logicalId }) => logicalId !== FAILURE),
  };
}

/** Whether the command line of the CDK deploys a stack although its template is the same. */
function readsSsm({ Parameters = {} }: Template): boolean {
  return Object.values(Parameters).some(
    ({ Type, Description }) =>
      Type.startsWith('AWS::SSM::Parameter::') && !Description?.includes('[cdk:skip]'),
  );
}
