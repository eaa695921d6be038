/** What runs in the transfer thread: takes the main thread's messages and answers them. */
import { parentPort } from "node:worker_threads";
import { Answers } from "./answers.js";
import { Files } from "./files.js";
import type { FromThread, ToThread } from "./messages.js";
import { toPlain } from "./plain-error.js";

const port = parentPort;
if (!port) throw new Error("This runs in a thread only.");

const post = (message: FromThread): void => {
  const bytes = message.type === "done" && message.value instanceof Uint8Array ? message.value : undefined;
  port.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : []);
};
const answers = new Answers(post);
const files = new Files(answers, post);

function finish(job: number, work: Promise<unknown>): void {
  work.then(
    (value) => post({ type: "done", job, value }),
    (error: unknown) => post({ type: "broken", job, error: toPlain(error) }),
  );
}

port.on("message", (message: ToThread) => {
  switch (message.type) {
    case "line":
      return void answers.addLine(message.line, message.tls, message.proxy);
    case "endLine":
      return void finish(message.job, answers.endLine(message.line));
    case "ask":
      return void answers.ask(message.answer, message.line, message);
    case "abort":
      return void answers.abort(message.answer);
    case "pull":
      return void finish(message.job, answers.pull(message.answer));
    case "dump":
      return void answers.dump(message.answer, message.limit, message.ms);
    case "open":
      return void files.open(message.file, message.fd, message.algorithms);
    case "close":
      return void files.close(message.file);
    case "read":
      return void finish(message.job, files.read(message));
    case "write":
      return void finish(message.job, files.write(message.file, message.bytes));
    case "receive":
      return void finish(message.job, files.receive(message));
    case "place":
      return void finish(message.job, files.place(message));
    case "digests":
      return void finish(message.job, files.digests(message.file));
    case "stop":
      return void files.stop(message.job);
  }
});

post({ type: "ready" });
