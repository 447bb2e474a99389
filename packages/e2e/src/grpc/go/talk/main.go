// Tries gRPC's four kinds at an address with each token: prints what became of each, as JSON. At port 443 it speaks TLS.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const fourMiB = 4 << 20

// raw sends bytes as they are: there is no schema.
type raw struct{}

func (raw) Name() string                      { return "raw" }
func (raw) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }
func (raw) Unmarshal(data []byte, value any) error {
	*value.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func outcome(value any, err error) any {
	if err != nil {
		return status.Code(err).String()
	}
	return value
}

func unary(ctx context.Context, conn *grpc.ClientConn, method string, sent []byte) (string, error) {
	var received []byte
	err := conn.Invoke(ctx, "/demo.Talk/"+method, &sent, &received)
	return string(received), err
}

func stream(ctx context.Context, conn *grpc.ClientConn, method string, words ...string) ([]string, error) {
	call, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/demo.Talk/"+method)
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		sent := []byte(word)
		// A call that has ended says why where it is read.
		if err := call.SendMsg(&sent); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if err := call.CloseSend(); err != nil {
		return nil, err
	}
	var all []string
	for {
		var received []byte
		if err := call.RecvMsg(&received); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, string(received))
	}
}

func kinds(ctx context.Context, conn *grpc.ClientConn) map[string]any {
	one, oneErr := unary(ctx, conn, "Echo", []byte("hello"))
	server, serverErr := stream(ctx, conn, "Count", "3")
	client, clientErr := stream(ctx, conn, "Join", "one", "two", "three")
	both, bothErr := stream(ctx, conn, "Chat", "one", "two", "three")
	return map[string]any{
		"unary":  outcome(one, oneErr),
		"server": outcome(server, serverErr),
		"client": outcome(client, clientErr),
		"both":   outcome(both, bothErr),
	}
}

// together tells how many streams are answered while all are open.
func together(ctx context.Context, conn *grpc.ClientConn, streams int) (int, error) {
	var calls []grpc.ClientStream
	for range streams {
		call, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/demo.Talk/Chat")
		if err != nil {
			return 0, err
		}
		hello := []byte("hello")
		if err := call.SendMsg(&hello); err != nil {
			return 0, err
		}
		calls = append(calls, call)
	}
	answered := 0
	for _, call := range calls {
		var received []byte
		if err := call.RecvMsg(&received); err != nil {
			return answered, err
		}
		answered++
	}
	for _, call := range calls {
		if err := call.CloseSend(); err != nil {
			return answered, err
		}
	}
	return answered, nil
}

func main() {
	address, good, foreign := os.Args[1], os.Args[2], os.Args[3]
	encoding.RegisterCodec(raw{})
	transport := insecure.NewCredentials()
	if strings.HasSuffix(address, ":443") {
		transport = credentials.NewTLS(nil)
	}
	conn, err := grpc.NewClient(
		address,
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(8<<20)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer conn.Close()
	with := func(token string) context.Context {
		return metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token)
	}
	ctx := with(good)
	_, failed := unary(ctx, conn, "Fail", nil)
	soon, stop := context.WithTimeout(ctx, 500*time.Millisecond)
	defer stop()
	_, late := unary(soon, conn, "Wait", nil)
	leaving, leave := context.WithCancel(ctx)
	time.AfterFunc(300*time.Millisecond, leave)
	_, left := unary(leaving, conn, "Wait", nil)
	large, largeErr := unary(ctx, conn, "Echo", make([]byte, fourMiB))
	at, atErr := together(ctx, conn, 1000)
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"good":      kinds(ctx, conn),
		"foreign":   kinds(with(foreign), conn),
		"none":      kinds(context.Background(), conn),
		"forged":    kinds(with("a.b.c"), conn),
		"trailers":  outcome("", failed),
		"deadline":  outcome("", late),
		"cancelled": outcome("", left),
		"large":     outcome(len(large), largeErr),
		"together":  outcome(at, atErr),
	})
}
