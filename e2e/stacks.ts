import type { Emulators } from './emulators';
import type { Location } from './scenarios';

/** The stacks in the CloudFormation emulator, and what they left behind. */
export class Stacks {
  constructor(private readonly emulators: Emulators) {}

  /** The status of a stack, or undefined if it does not exist. */
  async statusOf(stack: string, location: Location): Promise<string | undefined> {
    const body = new URLSearchParams({ Action: 'DescribeStacks', Version: '2010-05-15', StackName: stack });
    const response = await this.ask('cloudformation', location, body, {});
    return /<StackStatus>(\w+)<\/StackStatus>/.exec(response)?.[1];
  }

  /** The names of all log groups of an account and Region. */
  async logGroups(location: Location): Promise<string[]> {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.DescribeLogGroups',
    };
    const { logGroups } = JSON.parse(await this.ask('logs', location, '{}', headers));
    return logGroups.map(({ logGroupName }: { logGroupName: string }) => logGroupName);
  }

  /** The emulator finds service, account and Region in the credential, and does not verify the signature. */
  private async ask(
    service: string,
    { account, region }: Location,
    body: string | URLSearchParams,
    headers: Record<string, string>,
  ): Promise<string> {
    const credential = `${account}/20260101/${region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`;
    const response = await fetch(this.emulators.awsUrl, {
      method: 'POST',
      body,
      headers: { ...headers, authorization },
    });
    return response.text();
  }
}
