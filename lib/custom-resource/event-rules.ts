import type { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

/** Defines a rule for the events that match a pattern. */
export function newRule(
  scope: Construct,
  id: string,
  options: events.OnEventOptions,
  pattern: events.EventPattern,
): events.Rule {
  const rule = new events.Rule(scope, id, options);
  rule.addTarget(options.target);
  rule.addEventPattern(pattern);
  return rule;
}

/**
 * Matches each failure of a resource whose logical ID has a prefix.
 *
 * Neither a list of logical IDs nor the resource type would match a former resource: when an update deletes it in its
 * cleanup, the rule is already that of the new template, and CloudFormation records the type
 * `AWS::CloudFormation::CustomResource`.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
 */
export function failurePattern(stack: Stack, prefix: string): events.EventPattern {
  return {
    source: ['aws.cloudformation'],
    detailType: ['CloudFormation Resource Status Change'],
    detail: {
      'stack-id': [stack.stackId],
      'logical-resource-id': [{ prefix }],
      'status-details': { status: ['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED'] },
    },
  };
}
