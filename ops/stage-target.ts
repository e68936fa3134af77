import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { OpsError } from './ops-error.ts';
import { targetOf, type Target } from './target.ts';

/** A deployed stage, by the outputs of its two stacks. Needs `cloudformation:DescribeStacks`. */
export const stageTarget = async (stage: string, region: string | undefined): Promise<Target> => {
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  const found = await Promise.all(
    ['State', 'Service'].map(async (half) => await outputsOf(client, `Sluice-${stage}-${half}`)),
  );
  return targetOf(
    `stage ${stage}`,
    await client.config.region(),
    Object.assign({}, ...found),
    null,
  );
};

const outputsOf = async (
  client: CloudFormationClient,
  StackName: string,
): Promise<Readonly<Record<string, string>>> => {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [
        OutputKey ?? '',
        OutputValue ?? '',
      ]),
    );
  } catch (error) {
    if (!(error instanceof CloudFormationServiceException) || error.name !== 'ValidationError')
      throw error;
    const region = await client.config.region();
    throw new OpsError(
      `There is no stack ${StackName} in ${region} for these credentials: check --stage and --region.`,
      { cause: error },
    );
  }
};
