// Keeps a server that is only measured to this machine, and says on which port it listens.
import { Server } from "node:net";

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () =>
    console.log(`listening on 127.0.0.1:${this.address().port}`),
  );
  return listen.call(this, { port, host: "127.0.0.1" }, ...rest);
};
