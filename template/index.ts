import environment from "vcluster-environments/program";

/** Declares the environment of the stack's file and returns its outputs; declare resources of your own beside it. */
export = async () => {
  const outputs = await environment();
  return outputs;
};
