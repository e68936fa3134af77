import { CfnResource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** A pinned logical id: moving the construct in the tree never replaces the resource. */
export const pin = (construct: Construct, logicalId: string): void => {
  const { defaultChild } = construct.node;
  if (!CfnResource.isCfnResource(defaultChild)) throw new Error(`${logicalId} has no resource`);
  defaultChild.overrideLogicalId(logicalId);
};
