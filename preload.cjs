// Node.js loads this before Pulumi's SDK (`nodeargs` in Pulumi.yaml), which starts faster with it. Without a build there is nothing
// to load, and Pulumi says that the program is missing.
const { existsSync } = require("node:fs");

const start = `${__dirname}/bin/shared/sdk-start.js`;
if (existsSync(start)) require(start);
