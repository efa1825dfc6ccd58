// A small sync server on the current automerge-repo, as its own documentation shows one.
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const server = createServer();
new Repo({
  peerId: "server",
  network: [new WebSocketServerAdapter(new WebSocketServer({ server }))],
  storage: new NodeFSStorageAdapter(process.argv[2]),
  // Like the sync server: documents are for those who ask for them.
  sharePolicy: async () => false,
});
server.listen(0);
