// Reads lines of four structs in hexadecimal, and prints some of their fields as this compiler finds them.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"unsafe"

	"values/zcrx"
)

// fromHex fills a struct with the bytes of a word as they are, alignment and all.
func fromHex[T any](word string) *T {
	data, err := hex.DecodeString(word)
	value := new(T)
	if err != nil || len(data) != int(unsafe.Sizeof(*value)) {
		panic(word)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(value)), len(data)), data)
	return value
}

func main() {
	fmt.Println("ZCRX_EVENT_COPY", zcrx.ZCRX_EVENT_COPY)
	fmt.Println("ZCRX_CTRL_ARM_EVENT", zcrx.ZCRX_CTRL_ARM_EVENT)
	fmt.Println("IORING_REGISTER_ZCRX_IFQ", zcrx.IORING_REGISTER_ZCRX_IFQ)
	fmt.Println("IORING_ZCRX_AREA_MASK", uint64(zcrx.IORING_ZCRX_AREA_MASK))
	for {
		var words [4]string
		if _, err := fmt.Scan(&words[0], &words[1], &words[2], &words[3]); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		desc := fromHex[zcrx.Zcrx_event_desc](words[0])
		ctrl := fromHex[zcrx.Zcrx_ctrl](words[1])
		cqe := fromHex[zcrx.Io_uring_cqe32](words[2])
		sqe := fromHex[zcrx.Io_uring_sqe](words[3])
		fmt.Println("desc->user_data", desc.User_data)
		fmt.Println("desc->type_mask", desc.Type_mask)
		fmt.Println("desc->flags", desc.Flags)
		fmt.Println("desc->stats_offset", desc.Stats_offset)
		fmt.Println("ctrl->zcrx_id", ctrl.Zcrx_id)
		fmt.Println("ctrl->op", ctrl.Op)
		fmt.Println("ctrl->zc_arm_event.event_type", ctrl.Zc_arm_event().Event_type)
		fmt.Println("cqe->user_data", cqe.User_data)
		fmt.Println("cqe->res", cqe.Res)
		fmt.Println("cqe->flags", cqe.Flags)
		fmt.Println("cqe->big_cqe[1]", cqe.Big_cqe[1])
		fmt.Println("sqe->opcode", sqe.Opcode)
		fmt.Println("sqe->ioprio", sqe.Ioprio)
		fmt.Println("sqe->fd", sqe.Fd)
		fmt.Println("sqe->zcrx_ifq_idx", sqe.Zcrx_ifq_idx)

		// encoding/binary reads it too, which needs every field to be exported or blank.
		var again zcrx.Zcrx_event_desc
		data, _ := hex.DecodeString(words[0])
		if binary.Read(bytes.NewReader(data), binary.LittleEndian, &again) != nil || again != *desc {
			panic("encoding/binary reads something else")
		}
	}
}
