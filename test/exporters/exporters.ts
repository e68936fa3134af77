import { join } from 'node:path';

export interface Step {
  readonly command: string;
  readonly args: readonly string[];
}

/** A program that logs one error inside of one span by the exporter of its language, and prints the id of the trace. */
export interface Exporter {
  readonly name: string;
  /** Succeeds where the tools are that it is made with. */
  readonly tool: Step;
  /** Makes it, from pinned packages; nothing happens the second time. */
  readonly build: readonly Step[];
  readonly run: Step;
  /** As the exception is called in its language. */
  readonly exceptionType: string;
  /** A collector stands between it and Sluice. */
  readonly isCollected?: boolean;
}

const HERE = 'test/exporters';

const node = (name: string, encoding: 'json' | 'protobuf'): Exporter => ({
  name,
  tool: { command: process.execPath, args: ['--version'] },
  build: [],
  run: { command: process.execPath, args: [join(HERE, 'node', 'order.ts'), encoding] },
  exceptionType: 'OrderError',
});

/** Everything that is made lies in `cache`. */
export const exporters = (cache: string): readonly Exporter[] => [
  node('Node, JSON', 'json'),
  node('Node, protobuf', 'protobuf'),
  python(join(cache, 'python')),
  go(join(cache, 'go', 'order')),
  rust(join(cache, 'rust')),
  java(join(cache, 'java')),
  { ...node('Node by a collector', 'protobuf'), ...collector(cache), isCollected: true },
];

const python = (venv: string): Exporter => ({
  name: 'Python',
  tool: { command: 'python3', args: ['-c', 'import venv, ensurepip'] },
  build: [
    { command: 'python3', args: ['-m', 'venv', venv] },
    {
      command: join(venv, 'bin', 'python'),
      args: ['-m', 'pip', 'install', '--quiet', '-r', join(HERE, 'python', 'requirements.txt')],
    },
  ],
  run: { command: join(venv, 'bin', 'python'), args: [join(HERE, 'python', 'order.py')] },
  exceptionType: 'OrderError',
});

const go = (binary: string): Exporter => ({
  name: 'Go',
  tool: { command: 'go', args: ['version'] },
  build: [{ command: 'go', args: ['build', '-C', join(HERE, 'go'), '-o', binary, '.'] }],
  run: { command: binary, args: [] },
  exceptionType: 'orderError',
});

const rust = (target: string): Exporter => ({
  name: 'Rust',
  tool: { command: 'cargo', args: ['--version'] },
  build: [
    {
      command: 'cargo',
      args: [
        'build',
        '--quiet',
        '--locked',
        '--manifest-path',
        join(HERE, 'rust', 'Cargo.toml'),
        '--target-dir',
        target,
      ],
    },
  ],
  run: { command: join(target, 'debug', 'exporter'), args: [] },
  exceptionType: 'std::io::Error',
});

const java = (folder: string): Exporter => {
  const jars = join(folder, 'lib');
  const classes = join(folder, 'classes');
  return {
    name: 'Java agent',
    tool: { command: 'mvn', args: ['--version'] },
    build: [
      {
        command: 'mvn',
        args: [
          '-q',
          '-B',
          '-f',
          join(HERE, 'java', 'pom.xml'),
          'dependency:copy-dependencies',
          `-DoutputDirectory=${jars}`,
        ],
      },
      {
        command: 'javac',
        args: ['-cp', join(jars, '*'), '-d', classes, join(HERE, 'java', 'Order.java')],
      },
    ],
    run: {
      command: 'java',
      args: [
        `-javaagent:${join(jars, 'opentelemetry-javaagent-2.33.1.jar')}`,
        '-cp',
        `${classes}:${join(jars, '*')}`,
        'Order',
      ],
    },
    exceptionType: 'java.lang.IllegalStateException',
  };
};

const collector = (cache: string): Pick<Exporter, 'tool' | 'build'> => ({
  tool: { command: 'go', args: ['version'] },
  build: [
    {
      command: 'go',
      args: ['build', '-C', join(HERE, 'collector'), '-o', collectorBinary(cache), '.'],
    },
  ],
});

/** The collector that `build` makes. */
export const collectorBinary = (cache: string): string => join(cache, 'collector', 'collector');
