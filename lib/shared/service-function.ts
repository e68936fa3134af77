import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { BUNDLE, ROOT } from './bundle.ts';

export interface ServiceFunctionProps {
  /** Room under `lambdas/`; the entry is `<room>/<id>.lambda.ts`. */
  readonly room: 'gateway' | 'inference';
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly memoryMb?: number;
  readonly description: string;
  /** Ships the tokenizer beside the bundle, to be loaded when first needed. */
  readonly hasTokenizer?: boolean;
}

/** The one way to make a function: Node 24 on arm64, one ESM bundle with the AWS SDK inside, own role and log group. */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id, {
      entry: `${ROOT}lambdas/${props.room}/${id}.lambda.ts`,
      depsLockFilePath: `${ROOT}package-lock.json`,
      projectRoot: ROOT,
      handler: 'handler',
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb ?? 512,
      timeout: props.timeout,
      environment: props.environment,
      tracing: lambda.Tracing.ACTIVE,
      logGroup: new logs.LogGroup(scope, `${id}-log`, {
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      bundling: {
        format: OutputFormat.ESM,
        target: BUNDLE.target,
        minify: BUNDLE.minify,
        sourceMap: true,
        sourceMapMode: SourceMapMode.EXTERNAL,
        mainFields: [...BUNDLE.mainFields],
        externalModules: [...BUNDLE.external],
        banner: BUNDLE.banner.js,
        esbuildArgs: {
          '--legal-comments': BUNDLE.legalComments,
          '--alias': Object.entries(BUNDLE.alias).map(([name, path]) => `${name}=${path}`),
        },
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (inputDir, outputDir) =>
            props.hasTokenizer === true ? tokenizerCommands(inputDir, outputDir) : [],
        },
      },
    });
    const template = this.node.defaultChild;
    // The local runtime builds this entry again when its source changes.
    if (template instanceof lambda.CfnFunction)
      template.addMetadata('sluice:entry', `lambdas/${props.room}/${id}.lambda.ts`);
  }
}

const tokenizerCommands = (inputDir: string, outputDir: string): string[] => {
  const home = `${outputDir}/node_modules/gpt-tokenizer`;
  const source = `${inputDir}/node_modules/gpt-tokenizer/esm/encoding/o200k_base.js`;
  const manifest = '{"type":"module","exports":{"./encoding/o200k_base":"./o200k_base.js"}}';
  return [
    `mkdir -p ${home}`,
    `echo '${manifest}' > ${home}/package.json`,
    `${inputDir}/node_modules/.bin/esbuild ${source} --bundle --minify --format=esm --outfile=${home}/o200k_base.js --log-level=warning`,
  ];
};
