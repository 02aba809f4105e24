// Every layout. What is not imported here is not described.
export * from "./rqe";
export * from "./zcrx_cqe";
export * from "./offsets";
export * from "./area_reg";
export * from "./ifq_reg";
export * from "./region_desc";
export * from "./event_type";
export * from "./event_desc";
export * from "./stats";
export * from "./ctrl";
export * from "./query";
export * from "./cqe";
export * from "./sqe";
export * from "./params";
export * from "./register";
