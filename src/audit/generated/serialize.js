// Generated from docs/reference/audit.schema.json by `npm run codegen`. Do not edit.
import Serializer from 'fast-json-stringify/lib/serializer.js';

const serializer = Serializer.restoreFromState({"mode":"standalone"});

export const serialize = (function anonymous(validator,serializer
) {


const {
  asString,
  asNumber,
  asBoolean,
  asDateTime,
  asDate,
  asTime,
  asUnsafeString,
  asPlainStringArray
} = serializer

const asInteger = serializer.asInteger.bind(serializer)


    const JSON_STR_BEGIN_OBJECT = '{'
    const JSON_STR_END_OBJECT = '}'
    const JSON_STR_BEGIN_ARRAY = '['
    const JSON_STR_END_ARRAY = ']'
    const JSON_STR_COMMA = ','
    const JSON_STR_COLONS = ':'
    const JSON_STR_QUOTE = '"'
    const JSON_STR_EMPTY_OBJECT = JSON_STR_BEGIN_OBJECT + JSON_STR_END_OBJECT
    const JSON_STR_EMPTY_ARRAY = JSON_STR_BEGIN_ARRAY + JSON_STR_END_ARRAY
    const JSON_STR_EMPTY_STRING = JSON_STR_QUOTE + JSON_STR_QUOTE
    const JSON_STR_NULL = 'null'



    function anonymous1 (obj) {
      // "#/properties/roles"
      let json = ''

    if (obj === null) return JSON_STR_EMPTY_ARRAY
    if (!Array.isArray(obj)) {
      throw new TypeError("The value of '#/properties/roles' does not match schema definition.")
    }
    const arrayLength = obj.length

      if (typeof arrayLength === 'number' && arrayLength >= 8 && Number.isInteger(arrayLength) && arrayLength <= 0xffffffff) {
        return asPlainStringArray(obj, arrayLength)
      }

    json += JSON_STR_BEGIN_ARRAY

      if (arrayLength > 0) {
        const value = obj[0]

        if (typeof value !== 'string') {
          if (value === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value instanceof Date) {
            json += JSON_STR_QUOTE + value.toISOString() + JSON_STR_QUOTE
          } else if (value instanceof RegExp) {
            json += asString(value.source)
          } else {
            json += asString(value.toString())
          }
        } else {
          json += asString(value)
        }

        for (let i = 1; i < arrayLength; i++) {
          json += JSON_STR_COMMA
          const value = obj[i]

        if (typeof value !== 'string') {
          if (value === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value instanceof Date) {
            json += JSON_STR_QUOTE + value.toISOString() + JSON_STR_QUOTE
          } else if (value instanceof RegExp) {
            json += asString(value.source)
          } else {
            json += asString(value.toString())
          }
        } else {
          json += asString(value)
        }

        }
      }
      return json + JSON_STR_END_ARRAY
    }

      // "#/properties/resources/items"
      function anonymous3 (input) {
        const obj = (input && typeof input.toJSON === 'function')
    ? input.toJSON()
    : input

        if (obj === null) return JSON_STR_EMPTY_OBJECT
        let json = ''


      const value_kind_18 = obj["kind"]
      if (value_kind_18 !== undefined) {
        json += "{\"kind\":"

        if (typeof value_kind_18 !== 'string') {
          if (value_kind_18 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_kind_18 instanceof Date) {
            json += JSON_STR_QUOTE + value_kind_18.toISOString() + JSON_STR_QUOTE
          } else if (value_kind_18 instanceof RegExp) {
            json += asString(value_kind_18.source)
          } else {
            json += asString(value_kind_18.toString())
          }
        } else {
          json += asString(value_kind_18)
        }

      } else {
        throw new Error('"kind" is required!')
      }

      const value_id_19 = obj["id"]
      if (value_id_19 !== undefined) {
        json += ",\"id\":"

        if (typeof value_id_19 !== 'string') {
          if (value_id_19 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_id_19 instanceof Date) {
            json += JSON_STR_QUOTE + value_id_19.toISOString() + JSON_STR_QUOTE
          } else if (value_id_19 instanceof RegExp) {
            json += asString(value_id_19.source)
          } else {
            json += asString(value_id_19.toString())
          }
        } else {
          json += asString(value_id_19)
        }

      } else {
        throw new Error('"id" is required!')
      }

return json + JSON_STR_END_OBJECT

      }


    function anonymous2 (obj) {
      // "#/properties/resources"
      let json = ''

    if (obj === null) return JSON_STR_EMPTY_ARRAY
    if (!Array.isArray(obj)) {
      throw new TypeError("The value of '#/properties/resources' does not match schema definition.")
    }
    const arrayLength = obj.length

    json += JSON_STR_BEGIN_ARRAY

      if (arrayLength > 0) {
        const value = obj[0]
        json += anonymous3(value)
        for (let i = 1; i < arrayLength; i++) {
          json += JSON_STR_COMMA
          const value = obj[i]
          json += anonymous3(value)
        }
      }
      return json + JSON_STR_END_ARRAY
    }

      // "#"
      function anonymous0 (input) {
        const obj = (input && typeof input.toJSON === 'function')
    ? input.toJSON()
    : input

        if (obj === null) return JSON_STR_EMPTY_OBJECT
        let json = ''


      const value_schema_version_1 = obj["schema_version"]
      if (value_schema_version_1 !== undefined) {
        json += "{\"schema_version\":"
        json += "1"
      } else {
        throw new Error('"schema_version" is required!')
      }

      const value_timestamp_2 = obj["timestamp"]
      if (value_timestamp_2 !== undefined) {
        json += ",\"timestamp\":"
        json += asDateTime(value_timestamp_2)
      } else {
        throw new Error('"timestamp" is required!')
      }

      const value_request_id_3 = obj["request_id"]
      if (value_request_id_3 !== undefined) {
        json += ",\"request_id\":"

        if (typeof value_request_id_3 !== 'string') {
          if (value_request_id_3 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_request_id_3 instanceof Date) {
            json += JSON_STR_QUOTE + value_request_id_3.toISOString() + JSON_STR_QUOTE
          } else if (value_request_id_3 instanceof RegExp) {
            json += asString(value_request_id_3.source)
          } else {
            json += asString(value_request_id_3.toString())
          }
        } else {
          json += asString(value_request_id_3)
        }

      } else {
        throw new Error('"request_id" is required!')
      }

      const value_tenant_4 = obj["tenant"]
      if (value_tenant_4 !== undefined) {
        json += ",\"tenant\":"

          if (value_tenant_4 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_tenant_4 === "string" ||
            value_tenant_4 === null ||
            value_tenant_4 instanceof Date ||
            value_tenant_4 instanceof RegExp ||
            (
              typeof value_tenant_4 === "object" &&
              typeof value_tenant_4.toString === "function" &&
              value_tenant_4.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_tenant_4 !== 'string') {
          if (value_tenant_4 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_tenant_4 instanceof Date) {
            json += JSON_STR_QUOTE + value_tenant_4.toISOString() + JSON_STR_QUOTE
          } else if (value_tenant_4 instanceof RegExp) {
            json += asString(value_tenant_4.source)
          } else {
            json += asString(value_tenant_4.toString())
          }
        } else {
          json += asString(value_tenant_4)
        }

          }

    else throw new TypeError("The value of '#/properties/tenant' does not match schema definition.")

      } else {
        throw new Error('"tenant" is required!')
      }

      const value_tenant_chosen_by_5 = obj["tenant_chosen_by"]
      if (value_tenant_chosen_by_5 !== undefined) {
        json += ",\"tenant_chosen_by\":"

          if (value_tenant_chosen_by_5 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_tenant_chosen_by_5 === "string" ||
            value_tenant_chosen_by_5 === null ||
            value_tenant_chosen_by_5 instanceof Date ||
            value_tenant_chosen_by_5 instanceof RegExp ||
            (
              typeof value_tenant_chosen_by_5 === "object" &&
              typeof value_tenant_chosen_by_5.toString === "function" &&
              value_tenant_chosen_by_5.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_tenant_chosen_by_5 !== 'string') {
          if (value_tenant_chosen_by_5 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_tenant_chosen_by_5 instanceof Date) {
            json += JSON_STR_QUOTE + value_tenant_chosen_by_5.toISOString() + JSON_STR_QUOTE
          } else if (value_tenant_chosen_by_5 instanceof RegExp) {
            json += asString(value_tenant_chosen_by_5.source)
          } else {
            json += asString(value_tenant_chosen_by_5.toString())
          }
        } else {
          json += asString(value_tenant_chosen_by_5)
        }

          }

    else throw new TypeError("The value of '#/properties/tenant_chosen_by' does not match schema definition.")

      } else {
        throw new Error('"tenant_chosen_by" is required!')
      }

      const value_team_cookie_ignored_6 = obj["team_cookie_ignored"]
      if (value_team_cookie_ignored_6 !== undefined) {
        json += ",\"team_cookie_ignored\":"

          if (value_team_cookie_ignored_6 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_team_cookie_ignored_6 === "string" ||
            value_team_cookie_ignored_6 === null ||
            value_team_cookie_ignored_6 instanceof Date ||
            value_team_cookie_ignored_6 instanceof RegExp ||
            (
              typeof value_team_cookie_ignored_6 === "object" &&
              typeof value_team_cookie_ignored_6.toString === "function" &&
              value_team_cookie_ignored_6.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_team_cookie_ignored_6 !== 'string') {
          if (value_team_cookie_ignored_6 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_team_cookie_ignored_6 instanceof Date) {
            json += JSON_STR_QUOTE + value_team_cookie_ignored_6.toISOString() + JSON_STR_QUOTE
          } else if (value_team_cookie_ignored_6 instanceof RegExp) {
            json += asString(value_team_cookie_ignored_6.source)
          } else {
            json += asString(value_team_cookie_ignored_6.toString())
          }
        } else {
          json += asString(value_team_cookie_ignored_6)
        }

          }

    else throw new TypeError("The value of '#/properties/team_cookie_ignored' does not match schema definition.")

      } else {
        throw new Error('"team_cookie_ignored" is required!')
      }

      const value_subject_7 = obj["subject"]
      if (value_subject_7 !== undefined) {
        json += ",\"subject\":"

          if (value_subject_7 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_subject_7 === "string" ||
            value_subject_7 === null ||
            value_subject_7 instanceof Date ||
            value_subject_7 instanceof RegExp ||
            (
              typeof value_subject_7 === "object" &&
              typeof value_subject_7.toString === "function" &&
              value_subject_7.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_subject_7 !== 'string') {
          if (value_subject_7 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_subject_7 instanceof Date) {
            json += JSON_STR_QUOTE + value_subject_7.toISOString() + JSON_STR_QUOTE
          } else if (value_subject_7 instanceof RegExp) {
            json += asString(value_subject_7.source)
          } else {
            json += asString(value_subject_7.toString())
          }
        } else {
          json += asString(value_subject_7)
        }

          }

    else throw new TypeError("The value of '#/properties/subject' does not match schema definition.")

      } else {
        throw new Error('"subject" is required!')
      }

      const value_issuer_8 = obj["issuer"]
      if (value_issuer_8 !== undefined) {
        json += ",\"issuer\":"

          if (value_issuer_8 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_issuer_8 === "string" ||
            value_issuer_8 === null ||
            value_issuer_8 instanceof Date ||
            value_issuer_8 instanceof RegExp ||
            (
              typeof value_issuer_8 === "object" &&
              typeof value_issuer_8.toString === "function" &&
              value_issuer_8.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_issuer_8 !== 'string') {
          if (value_issuer_8 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_issuer_8 instanceof Date) {
            json += JSON_STR_QUOTE + value_issuer_8.toISOString() + JSON_STR_QUOTE
          } else if (value_issuer_8 instanceof RegExp) {
            json += asString(value_issuer_8.source)
          } else {
            json += asString(value_issuer_8.toString())
          }
        } else {
          json += asString(value_issuer_8)
        }

          }

    else throw new TypeError("The value of '#/properties/issuer' does not match schema definition.")

      } else {
        throw new Error('"issuer" is required!')
      }

      const value_roles_9 = obj["roles"]
      if (value_roles_9 !== undefined) {
        json += ",\"roles\":"
        json += anonymous1(value_roles_9)
      } else {
        throw new Error('"roles" is required!')
      }

      const value_platform_admin_10 = obj["platform_admin"]
      if (value_platform_admin_10 !== undefined) {
        json += ",\"platform_admin\":"
        json += asBoolean(value_platform_admin_10)
      } else {
        throw new Error('"platform_admin" is required!')
      }

      const value_client_address_11 = obj["client_address"]
      if (value_client_address_11 !== undefined) {
        json += ",\"client_address\":"

          if (value_client_address_11 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_client_address_11 === "string" ||
            value_client_address_11 === null ||
            value_client_address_11 instanceof Date ||
            value_client_address_11 instanceof RegExp ||
            (
              typeof value_client_address_11 === "object" &&
              typeof value_client_address_11.toString === "function" &&
              value_client_address_11.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_client_address_11 !== 'string') {
          if (value_client_address_11 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_client_address_11 instanceof Date) {
            json += JSON_STR_QUOTE + value_client_address_11.toISOString() + JSON_STR_QUOTE
          } else if (value_client_address_11 instanceof RegExp) {
            json += asString(value_client_address_11.source)
          } else {
            json += asString(value_client_address_11.toString())
          }
        } else {
          json += asString(value_client_address_11)
        }

          }

    else throw new TypeError("The value of '#/properties/client_address' does not match schema definition.")

      } else {
        throw new Error('"client_address" is required!')
      }

      const value_method_12 = obj["method"]
      if (value_method_12 !== undefined) {
        json += ",\"method\":"

        if (typeof value_method_12 !== 'string') {
          if (value_method_12 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_method_12 instanceof Date) {
            json += JSON_STR_QUOTE + value_method_12.toISOString() + JSON_STR_QUOTE
          } else if (value_method_12 instanceof RegExp) {
            json += asString(value_method_12.source)
          } else {
            json += asString(value_method_12.toString())
          }
        } else {
          json += asString(value_method_12)
        }

      } else {
        throw new Error('"method" is required!')
      }

      const value_path_13 = obj["path"]
      if (value_path_13 !== undefined) {
        json += ",\"path\":"

        if (typeof value_path_13 !== 'string') {
          if (value_path_13 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_path_13 instanceof Date) {
            json += JSON_STR_QUOTE + value_path_13.toISOString() + JSON_STR_QUOTE
          } else if (value_path_13 instanceof RegExp) {
            json += asString(value_path_13.source)
          } else {
            json += asString(value_path_13.toString())
          }
        } else {
          json += asString(value_path_13)
        }

      } else {
        throw new Error('"path" is required!')
      }

      const value_operation_14 = obj["operation"]
      if (value_operation_14 !== undefined) {
        json += ",\"operation\":"

          if (value_operation_14 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_operation_14 === "string" ||
            value_operation_14 === null ||
            value_operation_14 instanceof Date ||
            value_operation_14 instanceof RegExp ||
            (
              typeof value_operation_14 === "object" &&
              typeof value_operation_14.toString === "function" &&
              value_operation_14.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_operation_14 !== 'string') {
          if (value_operation_14 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_operation_14 instanceof Date) {
            json += JSON_STR_QUOTE + value_operation_14.toISOString() + JSON_STR_QUOTE
          } else if (value_operation_14 instanceof RegExp) {
            json += asString(value_operation_14.source)
          } else {
            json += asString(value_operation_14.toString())
          }
        } else {
          json += asString(value_operation_14)
        }

          }

    else throw new TypeError("The value of '#/properties/operation' does not match schema definition.")

      } else {
        throw new Error('"operation" is required!')
      }

      const value_permission_15 = obj["permission"]
      if (value_permission_15 !== undefined) {
        json += ",\"permission\":"

          if (value_permission_15 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_permission_15 === "string" ||
            value_permission_15 === null ||
            value_permission_15 instanceof Date ||
            value_permission_15 instanceof RegExp ||
            (
              typeof value_permission_15 === "object" &&
              typeof value_permission_15.toString === "function" &&
              value_permission_15.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_permission_15 !== 'string') {
          if (value_permission_15 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_permission_15 instanceof Date) {
            json += JSON_STR_QUOTE + value_permission_15.toISOString() + JSON_STR_QUOTE
          } else if (value_permission_15 instanceof RegExp) {
            json += asString(value_permission_15.source)
          } else {
            json += asString(value_permission_15.toString())
          }
        } else {
          json += asString(value_permission_15)
        }

          }

    else throw new TypeError("The value of '#/properties/permission' does not match schema definition.")

      } else {
        throw new Error('"permission" is required!')
      }

      const value_resources_16 = obj["resources"]
      if (value_resources_16 !== undefined) {
        json += ",\"resources\":"
        json += anonymous2(value_resources_16)
      } else {
        throw new Error('"resources" is required!')
      }

      const value_resources_omitted_20 = obj["resources_omitted"]
      if (value_resources_omitted_20 !== undefined) {
        json += ",\"resources_omitted\":"
        json += asInteger(value_resources_omitted_20)
      } else {
        throw new Error('"resources_omitted" is required!')
      }

      const value_decision_21 = obj["decision"]
      if (value_decision_21 !== undefined) {
        json += ",\"decision\":"

        if (typeof value_decision_21 !== 'string') {
          if (value_decision_21 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_decision_21 instanceof Date) {
            json += JSON_STR_QUOTE + value_decision_21.toISOString() + JSON_STR_QUOTE
          } else if (value_decision_21 instanceof RegExp) {
            json += asString(value_decision_21.source)
          } else {
            json += asString(value_decision_21.toString())
          }
        } else {
          json += asString(value_decision_21)
        }

      } else {
        throw new Error('"decision" is required!')
      }

      const value_reason_22 = obj["reason"]
      if (value_reason_22 !== undefined) {
        json += ",\"reason\":"

        if (typeof value_reason_22 !== 'string') {
          if (value_reason_22 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_reason_22 instanceof Date) {
            json += JSON_STR_QUOTE + value_reason_22.toISOString() + JSON_STR_QUOTE
          } else if (value_reason_22 instanceof RegExp) {
            json += asString(value_reason_22.source)
          } else {
            json += asString(value_reason_22.toString())
          }
        } else {
          json += asString(value_reason_22)
        }

      } else {
        throw new Error('"reason" is required!')
      }

      const value_status_code_23 = obj["status_code"]
      if (value_status_code_23 !== undefined) {
        json += ",\"status_code\":"
        json += asInteger(value_status_code_23)
      } else {
        throw new Error('"status_code" is required!')
      }

      const value_upstream_24 = obj["upstream"]
      if (value_upstream_24 !== undefined) {
        json += ",\"upstream\":"

          if (value_upstream_24 === null) {
            json += JSON_STR_NULL
          }

          else if(
            typeof value_upstream_24 === "string" ||
            value_upstream_24 === null ||
            value_upstream_24 instanceof Date ||
            value_upstream_24 instanceof RegExp ||
            (
              typeof value_upstream_24 === "object" &&
              typeof value_upstream_24.toString === "function" &&
              value_upstream_24.toString !== Object.prototype.toString
            )
          ) {

        if (typeof value_upstream_24 !== 'string') {
          if (value_upstream_24 === null) {
            json += JSON_STR_EMPTY_STRING
          } else if (value_upstream_24 instanceof Date) {
            json += JSON_STR_QUOTE + value_upstream_24.toISOString() + JSON_STR_QUOTE
          } else if (value_upstream_24 instanceof RegExp) {
            json += asString(value_upstream_24.source)
          } else {
            json += asString(value_upstream_24.toString())
          }
        } else {
          json += asString(value_upstream_24)
        }

          }

    else throw new TypeError("The value of '#/properties/upstream' does not match schema definition.")

      } else {
        throw new Error('"upstream" is required!')
      }

      const value_duration_ms_25 = obj["duration_ms"]
      if (value_duration_ms_25 !== undefined) {
        json += ",\"duration_ms\":"
        json += asNumber(value_duration_ms_25)
      } else {
        throw new Error('"duration_ms" is required!')
      }

      const value_bytes_in_26 = obj["bytes_in"]
      if (value_bytes_in_26 !== undefined) {
        json += ",\"bytes_in\":"
        json += asInteger(value_bytes_in_26)
      } else {
        throw new Error('"bytes_in" is required!')
      }

      const value_bytes_out_27 = obj["bytes_out"]
      if (value_bytes_out_27 !== undefined) {
        json += ",\"bytes_out\":"
        json += asInteger(value_bytes_out_27)
      } else {
        throw new Error('"bytes_out" is required!')
      }

return json + JSON_STR_END_OBJECT

      }

    const main = anonymous0
    return main

})(null, serializer);
