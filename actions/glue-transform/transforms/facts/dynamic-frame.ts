/**
 * Members of DynamicFrame: a function attached under one of these names replaces it in every job that loads the
 * transform. Methods, and the attributes of each frame, which hide what is attached to the class.
 * Source: Glue developer guide, "DynamicFrame class", and the public members of the class in Glue 3.0 to 6.0.
 */
export const DYNAMIC_FRAME_MEMBERS: ReadonlySet<string> = new Set(
  `applyMapping apply_mapping assertErrorThreshold coalesce count drop_fields errorsAsDynamicFrame errorsCount filter
  flatmap fromDF getNumPartitions glue_ctx join map mapPartitions mapPartitionsWithIndex mergeDynamicFrame name
  printSchema relationalize rename_field repartition resolveChoice schema select_fields show simplify_ddb_json spigot
  split_fields split_rows stageErrorsCount toDF unbox union unnest unnest_ddb_json with_frame_schema write`.split(
    /\s+/,
  ),
);
