import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in every bundle for the SDK's whole chain of profiles, single sign-on and instance metadata (140 KB):
 * Lambda hands a function its role's credentials in the environment, and nothing else applies there.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const defaultProvider = (): ReturnType<typeof fromEnv> => fromEnv();
