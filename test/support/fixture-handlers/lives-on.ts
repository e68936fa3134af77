/** A program that says its process id and lives on until it is told to end. */
console.log(process.pid);
setInterval(() => undefined, 60_000);
