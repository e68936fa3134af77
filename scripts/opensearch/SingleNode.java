import static org.codelibs.opensearch.runner.OpenSearchRunner.newConfigs;

import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One node of OpenSearch on this machine: folder, port. It ends with its standard input. */
public class SingleNode {
  public static void main(String[] args) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    runner
        .onBuild(
            (index, settings) -> {
              settings.remove("cluster.initial_cluster_manager_nodes");
              settings.put("discovery.type", "single-node");
              settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
              settings.put("network.host", "127.0.0.1");
              settings.put("http.port", args[1]);
            })
        .build(newConfigs().clusterName("sluice").numOfNode(1).basePath(args[0]).useLogger());
    while (System.in.read() >= 0) {}
    runner.close();
    System.exit(0);
  }
}
